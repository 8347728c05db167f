"""Our product's decisions, pure: facts in, a decision or a refusal out. Time and chance are arguments."""
