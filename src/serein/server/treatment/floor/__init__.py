"""The floor on the screen: the board, its tiles, its strip and the wall."""
