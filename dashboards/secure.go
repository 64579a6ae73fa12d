package dashboards

import (
	"net/http"

	"github.com/gin-gonic/gin"
)

// contentPolicy lets a page load from us alone and run nothing written into it.
const contentPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; " +
	"connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// secure sets the headers that every answer carries, errors included.
func secure(c *gin.Context) {
	secureHeaders(c)
	c.Next()
}

func secureHeaders(c *gin.Context) {
	h := c.Writer.Header()
	Guard(h)
	h.Set("Content-Security-Policy", contentPolicy)
	h.Set("Cache-Control", "private, no-cache")
}

// Guard sets the headers that every answer carries that leaves the program: it is not
// guessed what it is, not framed, loads nothing and is kept by nobody. Who answers may
// allow more of the last two.
func Guard(h http.Header) {
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()")
	h.Set("Cache-Control", "no-store")
}
