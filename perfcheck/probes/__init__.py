"""Questions to targets and the facts that answer them."""
