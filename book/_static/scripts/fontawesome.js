// In place of the theme's script of 1.4 MB: its style sheet already draws the same icons, from a font.
