"""Values in the details of notices."""

#: Under ``by``, who has done it: the owner's account itself, or somebody else.
BY_OWNER, BY_STAFF = "owner", "staff"

#: In the mail with a link for a new password, the mark of the password that was revoked for it.
PASSWORD_MARK = "password_mark"  # noqa: S105

#: Under ``new``, what was new of a login.
DEVICE, PLACE = "device", "place"
