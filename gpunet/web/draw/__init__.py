"""The page to draw on: the networks on offer, and what they make of drawings and photographs."""
