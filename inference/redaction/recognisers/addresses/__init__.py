"""Street addresses and dwellings: by their form, and by the parts they are made of."""

from inference.redaction.recognisers.addresses.by_form import addresses

__all__ = ["addresses"]
