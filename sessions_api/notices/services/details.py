"""Values in the details of notices."""

#: Under ``by``, who has done it: the owner's account itself, or somebody else.
BY_OWNER, BY_STAFF = "owner", "staff"

#: Under ``new``, what was new of a login.
DEVICE, PLACE = "device", "place"
