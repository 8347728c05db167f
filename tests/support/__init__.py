"""What tests share: a real server, requests, images made from nothing."""
