"""The verbs that the API, the admin and the commands share, and the ports at which plug-ins offer
them more. No HTTP, no REST framework, no forms.
"""
