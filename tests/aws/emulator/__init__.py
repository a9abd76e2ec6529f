"""What MiniStack lacks of AWS, added from outside. `launcher.py` puts the parts together."""
