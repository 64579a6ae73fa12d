package main

import "github.com/gin-gonic/gin"

func (o *Observatory) pages(r *gin.Engine) error { _ = r; return nil }
