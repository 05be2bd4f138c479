"""The schema and its browsable page."""

from django.urls import path
from drf_spectacular.views import SpectacularSwaggerSplitView

from api.schema_view import DescribedOnce

urlpatterns = [
    path("schema/", DescribedOnce.as_view(), name="schema"),
    path("docs/", SpectacularSwaggerSplitView.as_view(url_name="schema"), name="docs"),
]
