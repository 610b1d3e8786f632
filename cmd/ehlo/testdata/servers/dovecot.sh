#!/usr/bin/env bash
# Dovecot. PORT: submission with STARTTLS and AUTH. +1: the same in implicit TLS. +2: LMTP with STARTTLS.
# Its submission passes on what it takes to the server on RELAY, 127.0.0.1:PORT, which is not part of this.
. "$(dirname "$0")/lib.sh"
packages=(dovecot-core dovecot-lmtpd dovecot-submissiond)
relay=${RELAY:-127.0.0.1:25}

accounts() {
  echo 'root:x:0:0::/:/bin/sh'
  echo 'mail:x:64101:64101::/:/bin/sh'
  echo 'dovecot:x:64102:64102::/:/bin/sh'
  echo 'dovenull:x:64103:64103::/:/bin/sh'
}

configure() {
  cat >"$root/etc/dovecot/dovecot.conf" <<END
protocols = submission lmtp
listen = 127.0.0.1
hostname = $host
log_path = /dev/stderr
ssl = yes
ssl_cert = </etc/cert.pem
ssl_key = </etc/key.pem
disable_plaintext_auth = no
auth_failure_delay = 0
auth_mechanisms = plain login cram-md5 digest-md5 scram-sha-1 scram-sha-256
mail_location = maildir:/var/mail/%n
first_valid_uid = 1
mail_uid = mail
mail_gid = mail
passdb {
  driver = passwd-file
  args = username_format=%n /etc/dovecot/users
}
userdb {
  driver = passwd-file
  args = username_format=%n /etc/dovecot/users
}
submission_max_mail_size = $size
submission_relay_host = ${relay%:*}
submission_relay_port = ${relay##*:}
service submission-login {
  inet_listener submission {
    port = $port
  }
  inet_listener submissions {
    port = $((port + 1))
    ssl = yes
  }
}
service anvil { # it makes clients wait after a wrong password
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
service lmtp {
  inet_listener lmtp {
    address = 127.0.0.1
    port = $((port + 2))
  }
}
protocol lmtp {
  postmaster_address = postmaster@$domain
  auth_username_format = %n
}
END
  local u
  for u in "$user" bob; do echo "$u:{PLAIN}$pass:64101:64101::/var/mail/$u::"; done >"$root/etc/dovecot/users"
  chown 64101:64101 "$root/var/mail"
}

serve() { in_root dovecot -F; }
main "$@"
