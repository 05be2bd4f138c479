"""Medicine and physical health, as the care team writes it down."""
