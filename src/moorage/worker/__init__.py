"""What the program does by itself, round after round."""
