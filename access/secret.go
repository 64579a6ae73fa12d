package access

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"regexp"
)

// secretBytes is the length of secrets: 256 bits cannot be guessed, so a plain hash
// keeps them.
const secretBytes = 32

var secretForm = regexp.MustCompile(`^[A-Za-z0-9_-]{43}$`)

// tokenPrefix begins every token, so that one that leaks is known for what it is.
const tokenPrefix = "khue_"

// newSecret is a fresh secret as cookies, links and tokens carry it.
func newSecret() string {
	b := make([]byte, secretBytes)
	_, _ = rand.Read(b) // never fails
	return base64.RawURLEncoding.EncodeToString(b)
}

// hashOf is what is kept of a secret.
func hashOf(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

// sessionName names a session in lists and forms without telling the hash it is kept under.
func sessionName(hash string) string { return hashOf("session:" + hash)[:20] }
