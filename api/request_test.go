package api_test

import (
	"net/http"
	"net/http/httptest"
)

func newRequest(method, address string) *http.Request {
	return httptest.NewRequest(method, address, nil)
}

func serve(h http.Handler, r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}
