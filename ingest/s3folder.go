package ingest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path"
	"sort"
	"strings"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"khue"
)

// S3 is how a bucket is reached, for folders named s3://bucket/prefix.
type S3 struct {
	Endpoint      string `yaml:"endpoint"` // URL of the service, as https://s3.example.vn
	Region        string `yaml:"region"`
	AccessKey     Secret `yaml:"access_key"`
	AccessKeyFile string `yaml:"access_key_file"`
	SecretKey     Secret `yaml:"secret_key"`
	SecretKeyFile string `yaml:"secret_key_file"`
	PathStyle     *bool  `yaml:"path_style"` // the bucket in the path, not in the host; true by default
}

// s3Scheme begins the name of a folder in a bucket.
const s3Scheme = "s3://"

// bucketOf parts "s3://bucket/prefix".
func bucketOf(folder string) (bucket, prefix string, ok bool) {
	rest, ok := strings.CutPrefix(folder, s3Scheme)
	bucket, prefix, _ = strings.Cut(rest, "/")
	if prefix = strings.Trim(prefix, "/"); prefix != "" {
		prefix += "/"
	}
	return bucket, prefix, ok && bucket != ""
}

// s3Folder is the part of a bucket below a prefix; folders within it are not read.
type s3Folder struct {
	client                  *minio.Client
	bucket, prefix, pattern string
	timeout                 time.Duration
	max                     int64
}

// s3Timeout bounds the wait for an answer, and for each part of one.
const s3Timeout = time.Minute

func newS3(c SourceConfig, pattern string, limit int64) (*s3Folder, error) {
	bucket, prefix, ok := bucketOf(c.Folder)
	endpoint, err := url.Parse(c.S3.Endpoint)
	if err != nil || !ok {
		return nil, khue.Errorf(khue.Invalid, "không hiểu kho S3 %s", "the bucket %s is not understood", c.Folder)
	}
	access, err := c.S3.AccessKey.reveal(c.S3.AccessKeyFile)
	if err != nil {
		return nil, err
	}
	secret, err := c.S3.SecretKey.reveal(c.S3.SecretKeyFile)
	if err != nil {
		return nil, err
	}
	f := &s3Folder{bucket: bucket, prefix: prefix, pattern: pattern, timeout: c.Timeout, max: limit}
	if f.timeout == 0 {
		f.timeout = s3Timeout
	}
	transport, err := minio.DefaultTransport(endpoint.Scheme == "https")
	if err != nil {
		return nil, fmt.Errorf("preparing the connection to the bucket: %w", err)
	}
	transport.ResponseHeaderTimeout = f.timeout
	o := &minio.Options{
		Secure: endpoint.Scheme == "https", Region: c.S3.Region, Transport: transport, BucketLookup: minio.BucketLookupPath,
		MaxRetries: c.Retry.tries(), Creds: credentials.NewStaticV4(access, secret, ""),
	}
	if access == "" {
		o.Creds = credentials.NewStatic("", "", "", credentials.SignatureAnonymous)
	}
	if c.S3.PathStyle != nil && !*c.S3.PathStyle {
		o.BucketLookup = minio.BucketLookupDNS
	}
	if f.client, err = minio.New(endpoint.Host, o); err != nil {
		return nil, fmt.Errorf("preparing the connection to the bucket: %w", err)
	}
	return f, nil
}

// tries is how often a request is made, the first time included.
func (r Retry) tries() int {
	switch {
	case r.Max < 0:
		return 1
	case r.Max == 0:
		return 6
	}
	return r.Max + 1
}

func (f *s3Folder) list(ctx context.Context) ([]entry, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*f.timeout)
	defer cancel()
	var out []entry
	for o := range f.client.ListObjects(ctx, f.bucket, minio.ListObjectsOptions{Prefix: f.prefix}) {
		if o.Err != nil {
			return nil, khue.Errorf(khue.Unavailable, "không đọc được kho S3 %s/%s", "the bucket %s/%s cannot be listed", f.bucket, f.prefix).Because(o.Err)
		}
		name := path.Base(o.Key)
		if strings.HasSuffix(o.Key, "/") || !wantedName(f.pattern, name) {
			continue
		}
		out = append(out, entry{name, o.Key, fileState{Size: o.Size, Changed: o.LastModified.UTC(), ETag: o.ETag}})
	}
	sort.Slice(out, func(i, j int) bool { return out[i].name < out[j].name })
	return out, nil
}

func (f *s3Folder) look(ctx context.Context, e entry) (fileState, error) {
	ctx, cancel := context.WithTimeout(ctx, f.timeout)
	defer cancel()
	o, err := f.client.StatObject(ctx, f.bucket, e.key, minio.StatObjectOptions{})
	if minio.ToErrorResponse(err).StatusCode == http.StatusNotFound {
		return fileState{}, errGone
	}
	if err != nil {
		return fileState{}, f.unread(err)
	}
	return fileState{Size: o.Size, Changed: o.LastModified.UTC(), ETag: o.ETag}, nil
}

// fetch copies an object to a temporary file, which keeps its name: that tells its kind.
func (f *s3Folder) fetch(ctx context.Context, e entry) (string, func(), error) {
	if e.state.Size > f.max {
		return "", nil, tooLarge(f.max)
	}
	dir, err := os.MkdirTemp("", "khue-s3-")
	if err != nil {
		return "", nil, fmt.Errorf("making room for %s: %w", e.name, err)
	}
	done := func() { _ = os.RemoveAll(dir) }
	local := path.Join(dir, path.Base(e.name))
	if err := f.copy(ctx, e, local); err != nil {
		done()
		return "", nil, err
	}
	return local, done, nil
}

func (f *s3Folder) copy(ctx context.Context, e entry, local string) (err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var get minio.GetObjectOptions
	if err := get.SetMatchETag(e.state.ETag); err != nil { // the version that was listed, not a later one
		return f.unread(err)
	}
	o, err := f.client.GetObject(ctx, f.bucket, e.key, get)
	if err != nil {
		return f.unread(err)
	}
	defer func() { _ = o.Close() }()
	out, err := os.OpenFile(local, os.O_CREATE|os.O_WRONLY|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("making room for %s: %w", e.name, err)
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	still := time.AfterFunc(f.timeout, func() { cancel(errStalled) })
	defer still.Stop()
	n, err := io.Copy(out, &watched{from: io.LimitReader(o, f.max+1), heard: func() { still.Reset(f.timeout) }})
	switch {
	case context.Cause(ctx) != nil:
		return f.unread(context.Cause(ctx))
	case minio.ToErrorResponse(err).StatusCode == http.StatusPreconditionFailed:
		return errChanged
	case err != nil:
		return f.unread(err)
	case n > f.max:
		return tooLarge(f.max)
	case n != e.state.Size:
		return errChanged
	}
	return nil
}

var errStalled = errors.New("nothing arrived for too long")

// watched tells of everything that arrives, so that a download that stalls is given up.
type watched struct {
	from  io.Reader
	heard func()
}

// Read implements io.Reader.
func (w *watched) Read(p []byte) (int, error) {
	n, err := w.from.Read(p)
	if n > 0 {
		w.heard()
	}
	return n, err
}

func (f *s3Folder) unread(err error) error {
	return khue.Errorf(khue.Unavailable, "không đọc được kho S3 %s", "the bucket %s cannot be read", f.bucket).Because(err)
}
