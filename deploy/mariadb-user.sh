#!/bin/sh
# Run by MariaDB's image when it sets up an empty volume: the server's user, with the rights it needs and no others.
set -eu

# Inside '…' of SQL a backslash and a quote are written twice.
password=$(printf %s "$DB_PASS" | sed "s/[\\\\']/&&/g")

MYSQL_PWD=$MARIADB_ROOT_PASSWORD mariadb --user=root <<SQL
CREATE USER \`$DB_USER\`@'%' IDENTIFIED BY '$password';
GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, ALTER, INDEX ON \`$DB_NAME\`.* TO \`$DB_USER\`@'%';
SQL
