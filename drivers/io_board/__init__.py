"""The I/O board of a booth: lamp and buzzer, two switches and the socket of the headphones."""
