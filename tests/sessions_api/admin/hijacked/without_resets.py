"""The project's URLs without the pages for choosing a password."""

from cumulonimbus import urls

urlpatterns = [one for one in urls.urlpatterns if "password" not in str(one.pattern)]
