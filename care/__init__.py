"""People, the programme, sign-ins and access."""
