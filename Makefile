# Targets for people; .ci/run calls the same ones.

STATICCHECK = honnef.co/go/tools/cmd/staticcheck@v0.8.2
GOVULNCHECK = golang.org/x/vuln/cmd/govulncheck@v1.9.0
FUZZTIME    = 30s
CRASHES     = 3000

.PHONY: build test race lint tools crash interop servers fuzz bench golden pictures keys vuln

build: ## the program, as bin/ehlo
	go build -trimpath -o bin/ehlo ./cmd/ehlo

test: ## what the README says
	go test ./...

race: ## the same under the race detector, in random order
	go test -race -shuffle=on -timeout 30m ./...

crash: ## the outbox under CRASHES kills, half with each rule for what may have been delivered, and a tenth as many power cuts; recording under 300
	EHLO_CRASHES=$(CRASHES) go test -count=1 -timeout 2h -v -run 'TestCrash|TestPowerCut' ./session/outbox
	EHLO_TEST_LONG=1 go test -count=1 -v -run 'TestKilledManyTimes|TestKilledWhenShown|TestResident' ./cmd/ehlo

servers: ## Postfix, Exim and Dovecot in roots of their own, for interop; needs root and apt
	@for server in postfix exim dovecot; do bash cmd/ehlo/testdata/servers/$$server.sh install || exit 1; done

interop: servers ## the program against real servers
	EHLO_INTEROP=require go test -count=1 -run Interop ./cmd/ehlo

lint: ## formatting, vet, staticcheck; the import rules are a test in cmd/ehlo
	@unformatted=$$(gofmt -l .); test -z "$$unformatted" || { echo "gofmt would change: $$unformatted"; exit 1; }
	go vet ./...
	go run $(STATICCHECK) ./...

tools: ## fetches what lint runs
	go run $(STATICCHECK) -version

# Without -fuzzminimizetime most of the time goes into making inputs smaller that are no failures.
# Where the time is up while that goes on, go test says "context deadline exceeded" and fails: nothing is wrong then.
fuzz: ## every fuzz target for FUZZTIME
	@set -e; for pkg in $$(go list ./...); do \
	  for target in $$(go test -list '^Fuzz' $$pkg | grep '^Fuzz' || true); do \
	    echo "fuzz $$pkg $$target"; \
	    out=$$(go test -run '^$$' -fuzz "^$$target$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 10x $$pkg 2>&1) || \
	      case "$$out" in *"Failing input"*) echo "$$out"; exit 1;; *"context deadline exceeded"*) ;; *) echo "$$out"; exit 1;; esac; \
	    echo "$$out" | grep -v '^fuzz: elapsed' | tail -n 2; \
	  done; \
	done

bench: ## speed and allocations
	go test -run '^$$' -bench . -benchmem ./...

golden: ## rewrite the golden files; look at the difference before you commit it
	go test ./tui -update

pictures: ## draw the pictures of the README anew, from real sessions with the practice server
	EHLO_PICTURES=$(CURDIR)/tui/pictures go test -count=1 -run TestPictures ./cmd/ehlo

keys: ## write the table of keys in the README anew
	@mkdir -p bin
	@XDG_CONFIG_HOME=$$(mktemp -d) go run ./cmd/ehlo keys --markdown > bin/keys.md
	sed -i -e '/<!-- keys -->/,/<!-- end of keys -->/{//!d}' -e '/<!-- keys -->/r bin/keys.md' README.md
	@sed -i -e 's/<!-- keys -->/&\n/' -e 's/<!-- end of keys -->/\n&/' README.md

vuln: ## known vulnerabilities; asks the vulnerability database
	go run $(GOVULNCHECK) ./...
