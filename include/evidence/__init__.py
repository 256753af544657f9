"""What proves a version: that it can be made again, and a pack of evidence that shows any change."""
