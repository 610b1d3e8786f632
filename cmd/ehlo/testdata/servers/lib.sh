# Shared by the scripts beside it. Each sets the array packages and the function
# accounts, defines configure and serve, and calls main "$@".
#
# A server lives in a root of its own: its packages with everything that they
# depend on are fetched by apt as if nothing were installed, unpacked into a
# folder without running a line of their own scripts, and started there with
# chroot. A mail server that the machine has already is neither used nor
# disturbed, and packages that exclude each other can run side by side. It needs
# root, apt-get and nothing else; it listens on 127.0.0.1 alone.
set -euo pipefail
umask 022

name=$(basename "$0" .sh)
store=${EHLO_SERVERS:-/var/cache/ehlo-servers} # what install leaves behind
user=alice pass=wonderland domain=test.example
host=$name.$domain
size=10485760 # octets; 10 MiB, what the servers take at most

die() { echo "$name: $*" >&2; exit 1; }

# apt_get asks apt, whose state is a folder of the store: no package counts as
# installed, and the machine's own lists and locks stay as they are.
apt_get() {
  mkdir -p "$store/apt/state/lists/partial" "$store/apt/cache/archives/partial"
  : >"$store/apt/status"
  DEBIAN_FRONTEND=noninteractive apt-get -q -y -o Dir::State="$store/apt/state" -o Dir::State::status="$store/apt/status" \
    -o Dir::Cache="$store/apt/cache" -o APT::Sandbox::User=root -o Acquire::Retries=3 "$@"
}

install_root() {
  [ "$(id -u)" = 0 ] || die "install needs root"
  command -v apt-get >/dev/null || die "install needs apt-get"
  [ "$(cat "$store/$name/.packages" 2>/dev/null)" != "${packages[*]}" ] || return 0
  local root=$store/$name.new archive
  apt_get update >"$store.log" 2>&1 || { cat "$store.log" >&2; die "apt-get update failed: is the network there?"; }
  apt_get clean
  apt_get install --download-only --no-install-recommends "${packages[@]}" dash coreutils openssl >"$store.log" 2>&1 ||
    { cat "$store.log" >&2; die "apt-get could not fetch ${packages[*]}"; }
  rm -rf "$root" "${store:?}/$name"
  mkdir -p "$root"/usr/{bin,sbin,lib,lib64} "$root"/{dev,tmp,run,var/mail}
  ln -s usr/bin usr/sbin usr/lib usr/lib64 "$root" # as Debian has them since 12
  ln -s ../run "$root/var/run"
  chmod 1777 "$root/tmp"
  for archive in "$store"/apt/cache/archives/*.deb; do
    dpkg-deb --fsys-tarfile "$archive" | tar -C "$root" --keep-directory-symlink --wildcards --exclude=./usr/share \
      --exclude='*/perl*' --exclude='*.a' -xpf - || die "could not unpack $archive"
  done
  mknod -m 666 "$root/dev/null" c 1 3 && mknod -m 666 "$root/dev/urandom" c 1 9 && : 2>/dev/null >"$root/dev/null" ||
    die "cannot make device files in $store"
  echo "127.0.0.1 localhost $host $domain" >"$root/etc/hosts"
  echo 'hosts: files' >"$root/etc/nsswitch.conf" # no DNS
  accounts | tee "$root/etc/passwd" | awk -F: '{ print $1 ":x:" $4 ":" }' >"$root/etc/group"
  ldconfig -r "$root"
  echo "${packages[*]}" >"$root/.packages"
  mv "$root" "$store/$name"
  apt_get clean
}

in_root() { chroot "$root" /usr/bin/env -i PATH=/usr/sbin:/usr/bin LC_ALL=C.UTF-8 HOME=/ "$@"; }

start() {
  dir=$(realpath -m "$1") port=$2 root=$(realpath -m "$1")/root
  [ "$(id -u)" = 0 ] || die "start needs root"
  [ -e "$store/$name/.packages" ] || die "not installed; run $0 install"
  [ ! -e "$root" ] || die "$dir has a server already"
  mkdir -p "$dir"
  chmod 755 "$dir"
  cp -a "$store/$name" "$root"
  in_root openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj "/CN=$host" -keyout /etc/key.pem -out /etc/cert.pem \
    -addext "subjectAltName=DNS:$host,IP:127.0.0.1" -addext basicConstraints=critical,CA:TRUE 2>"$dir/openssl.log" ||
    die "no certificate: $(cat "$dir/openssl.log")"
  configure
  (serve) </dev/null >"$dir/log" 2>&1 &
  local n line
  for n in $(seq 1200); do
    if (exec 3<>"/dev/tcp/127.0.0.1/$port" && read -rt 10 line <&3 && [[ $line == 220* ]] && printf 'QUIT\r\n' >&3) 2>/dev/null; then
      echo "ready name=$name smtp=127.0.0.1:$port smtps=127.0.0.1:$((port + 1)) cert=$root/etc/cert.pem log=$dir/log"
      return
    fi
    jobs %1 >/dev/null 2>&1 || break
    sleep 0.1
  done
  cat "$dir/log" "$root"/var/log/*log* >&2 2>/dev/null || :
  stop "$dir"
  die "it did not start"
}

# stop ends every process whose root is the one of DIR, and no other.
stop() {
  local root signal n process pids
  root=$(realpath -m "$1")/root
  for signal in TERM KILL; do
    for n in $(seq 50); do
      pids=()
      for process in /proc/[0-9]*; do
        case "$(readlink "$process/root" || :)" in "$root" | "$root"/*) pids+=("${process#/proc/}") ;; esac
      done
      [ "${#pids[@]}" -gt 0 ] || return 0
      [ "$n" != 1 ] || kill -s "$signal" "${pids[@]}" 2>/dev/null || :
      sleep 0.1
    done
  done
}

main() {
  case ${1-} in
    install) install_root ;;
    start) [ $# = 3 ] || die "start DIR PORT"; start "$2" "$3" ;;
    stop) [ $# = 2 ] || die "stop DIR"; stop "$2" ;;
    *) die "install | start DIR PORT | stop DIR" ;;
  esac
}
