"""What goes in and out of our API, as the OpenAPI document shows it: a module per noun, over `body` and `refusal`."""
