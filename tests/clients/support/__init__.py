"""What the client suite shares: where the clients are, how they are run, and the images they carry about."""
