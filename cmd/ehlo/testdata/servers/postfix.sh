#!/usr/bin/env bash
# Postfix. PORT: STARTTLS, AUTH, XCLIENT. +1: the same in implicit TLS.
# +2: AUTH only under TLS, and required. Mail for other domains is discarded.
. "$(dirname "$0")/lib.sh"
packages=(postfix sasl2-bin libsasl2-modules libsasl2-modules-db sed grep findutils diffutils)

accounts() {
  echo 'root:x:0:0::/:/bin/sh'
  echo 'mail:x:64101:64101::/:/bin/sh'
  echo 'postfix:x:64102:64102::/:/bin/sh'
  echo 'postdrop:x:64103:64103::/:/bin/sh'
  echo 'nobody:x:64104:64104::/:/bin/sh'
}

configure() {
  echo "$pass" | in_root saslpasswd2 -p -c -u "$domain" "$user"
  chgrp 64102 "$root/etc/sasldb2"
  mkdir -p "$root/etc/postfix/sasl" "$root/var/lib/postfix" "$root/var/spool/postfix"
  chown 64102:64102 "$root/var/lib/postfix"
  cat >"$root/etc/postfix/sasl/smtpd.conf" <<END
pwcheck_method: auxprop
auxprop_plugin: sasldb
mech_list: PLAIN LOGIN CRAM-MD5 DIGEST-MD5 SCRAM-SHA-1 SCRAM-SHA-256
END
  cat >"$root/etc/postfix/main.cf" <<END
compatibility_level = 3.6
maillog_file = /var/log/maillog
myhostname = $host
mydomain = $domain
mydestination =
alias_maps =
mynetworks =
inet_interfaces = loopback-only
inet_protocols = ipv4
disable_dns_lookups = yes
default_transport = discard:outside
relay_transport = discard:outside
virtual_mailbox_domains = $domain
virtual_mailbox_base = /var/mail
virtual_mailbox_maps = inline:{ {$user@$domain=$user/}, {bob@$domain=bob/}, {josé@$domain=jose/} }
virtual_minimum_uid = 1
virtual_uid_maps = static:64101
virtual_gid_maps = static:64101
message_size_limit = $size
smtpd_relay_restrictions = permit_sasl_authenticated, reject_unauth_destination
smtpd_authorized_xclient_hosts = 127.0.0.1
smtpd_authorized_xforward_hosts = 127.0.0.1
smtpd_client_connection_count_limit = 0
smtpd_error_sleep_time = 0
smtpd_tls_security_level = may
smtpd_tls_chain_files = /etc/key.pem, /etc/cert.pem
smtpd_sasl_auth_enable = yes
smtpd_sasl_local_domain = $domain
END
  local service smtpd='inet n - n - - smtpd'
  {
    echo "127.0.0.1:$port $smtpd"
    echo "127.0.0.1:$((port + 1)) $smtpd -o smtpd_tls_wrappermode=yes"
    echo "127.0.0.1:$((port + 2)) $smtpd -o smtpd_tls_security_level=encrypt -o smtpd_client_restrictions=permit_sasl_authenticated,reject"
    echo 'cleanup unix n - n - 0 cleanup'
    echo 'qmgr unix n - n 300 1 qmgr'
    echo 'virtual unix - n n - - virtual'
    echo 'tlsmgr unix - - n 1000? 1 tlsmgr'
    echo 'rewrite unix - - n - - trivial-rewrite'
    echo 'postlog unix-dgram n - n - 1 postlogd'
    for service in bounce defer trace; do echo "$service unix - - n - 0 bounce"; done
    for service in discard error anvil proxymap verify flush; do echo "$service unix - - n - - $service"; done
  } >"$root/etc/postfix/master.cf"
}

serve() { in_root postfix start-fg; }
main "$@"
