"""What keeps the program from starting or going on."""


class Obstacle(Exception):  # noqa: N818 - names what was found
    """Told to the operator as it is: the message says what is wrong and what to do."""
