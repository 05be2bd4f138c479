"""A whole stay, played at the doors of the API: from referral to aftercare."""
