"""People of an LDAP directory. Imported only where there is one: ldap3 takes memory that others do not pay."""
