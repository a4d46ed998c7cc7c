"""Operations on notices: writing, sending, and acting on their links."""
