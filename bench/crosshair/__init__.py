"""How long a browser's main thread takes over a move of the crosshair that all charts share."""
