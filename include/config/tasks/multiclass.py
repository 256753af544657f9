"""Three classes or more: a model answers with the probability of each of ``target.classes``."""

from __future__ import annotations

from include.config.tasks.base import ORDER, TaskFacts

_GUESS = "a guess that names each class as often as it comes"

MULTICLASS = TaskFacts(
    name="multiclass",
    question="which class it is of",
    metrics=("log_loss", "roc_auc_macro", "roc_auc_weighted", "accuracy", "balanced_accuracy", "f1_macro"),
    trivial={
        "log_loss": "the training set's share of each class as the answer to every row",
        "roc_auc_macro": ORDER,
        "roc_auc_weighted": ORDER,
        "accuracy": "the training set's largest class as the answer to every row",
        "balanced_accuracy": _GUESS,
        "f1_macro": _GUESS,
    },
    must_beat="roc_auc_macro",
    stored="category",
    stored_late="category",
    asks="predict_proba",
    ends_in="a classifier",
    names_classes=True,
)
