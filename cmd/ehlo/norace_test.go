//go:build !race

package main

// racing: see race_test.go.
const racing = false
