"""How a chat model is asked: endpoints, local models, and what was paid for, kept."""
