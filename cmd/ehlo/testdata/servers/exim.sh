#!/usr/bin/env bash
# Exim. PORT: STARTTLS, AUTH, PRDR. +1: the same in implicit TLS. Mail stays in the queue.
# Whoever the field X-Refuse names does not want the content, so that the verdicts of PRDR differ.
. "$(dirname "$0")/lib.sh"
packages=(exim4-daemon-light)

accounts() {
  echo 'root:x:0:0::/:/bin/sh'
  echo 'mail:x:64101:64101::/:/bin/sh'
  echo 'Debian-exim:x:64102:64102::/:/bin/sh'
}

configure() {
  cat >"$root/etc/exim4/exim4.conf" <<END
primary_hostname = $host
domainlist local_domains = $domain
local_interfaces = <; [127.0.0.1]:$port ; [127.0.0.1]:$((port + 1))
tls_on_connect_ports = $((port + 1))
tls_advertise_hosts = *
tls_certificate = /etc/cert.pem
tls_privatekey = /etc/key.pem
log_selector = +smtp_protocol_error +smtp_syntax_error
message_size_limit = $size
queue_only
prdr_enable
chunking_advertise_hosts = *
dsn_advertise_hosts = *
smtputf8_advertise_hosts = *
auth_advertise_hosts = *
rfc1413_query_timeout = 0s
host_lookup =
keep_environment =
smtp_accept_max = 100
acl_smtp_vrfy = accept
acl_smtp_rcpt = acl_rcpt
acl_smtp_data_prdr = acl_prdr
acl_smtp_data = accept

begin acl
acl_rcpt:
  accept authenticated = *
  require message = relay not permitted
          domains = +local_domains
  require verify = recipient
  accept
acl_prdr:
  deny message = \$local_part does not want this
       condition = \${if match{\$h_X-Refuse:}{\$local_part}}
  accept

begin routers
local:
  driver = accept
  local_parts = $user : bob : josé
  transport = discard
  cannot_route_message = Unknown user

begin transports
discard:
  driver = appendfile
  file = /dev/null
  user = mail

begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_condition = \${if and{{eq{\$auth2}{$user}}{eq{\$auth3}{$pass}}}}
  server_set_id = \$auth2
login:
  driver = plaintext
  public_name = LOGIN
  server_prompts = <| Username: | Password:
  server_condition = \${if and{{eq{\$auth1}{$user}}{eq{\$auth2}{$pass}}}}
  server_set_id = \$auth1
cram:
  driver = cram_md5
  public_name = CRAM-MD5
  server_secret = \${if eq{\$auth1}{$user}{$pass}fail}
  server_set_id = \$auth1
END
  chown 64102 "$root/etc/key.pem"
  install -d -o 64102 -g 64102 "$root/var/spool/exim4" "$root/var/log/exim4"
}

serve() { in_root exim4 -bdf; }
main "$@"
