"""The network that finds names in English text, in plain numpy: `Recogniser`."""
