"""Operations shared by the API, the admin and the commands, and the ports for plug-ins.

Nothing here depends on HTTP, REST framework or forms.
"""
