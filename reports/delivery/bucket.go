package delivery

import (
	"bytes"
	"context"
	"fmt"
	"net/url"
	"path"
	"strings"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"khue"
	"khue/state"
)

// Bucket is a place in an S3 store.
type Bucket struct {
	Endpoint  string // URL of the service, as https://s3.example.vn
	Region    string
	Name      string
	Prefix    string // "" or "reports/2026"
	AccessKey string
	SecretKey string
}

// sumHeader keeps the SHA-256 of an object with it.
const sumHeader = "Khue-Sha256"

// put puts a parcel into the bucket, under a prefix of its own. An object that is
// there with the same content is left as it is.
func (b Bucket) put(ctx context.Context, timeout time.Duration, p parcel) error {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	client, err := b.client()
	if err != nil {
		return fmt.Errorf("preparing the connection to the bucket %s: %w", b.Name, err)
	}
	for _, f := range append(p.files[:len(p.files):len(p.files)], file{ReportFile: manifestFileOf(p), content: p.manifest}) {
		key := strings.TrimPrefix(path.Join(b.Prefix, p.place(), f.Name), "/")
		there, err := client.StatObject(ctx, b.Name, key, minio.StatObjectOptions{})
		if err == nil && there.Size == f.Size && there.UserMetadata[sumHeader] == f.SHA256 {
			continue
		}
		_, err = client.PutObject(ctx, b.Name, key, bytes.NewReader(f.content), f.Size, minio.PutObjectOptions{
			ContentType: f.MediaType, UserMetadata: map[string]string{sumHeader: f.SHA256}, DisableMultipart: true,
		})
		if err != nil {
			return khue.Errorf(khue.Unavailable, "không ghi được %s vào kho S3 %s", "%s cannot be put into the bucket %s", key, b.Name).Because(err)
		}
	}
	return nil
}

func (b Bucket) client() (*minio.Client, error) {
	endpoint, err := url.Parse(b.Endpoint)
	if err != nil {
		return nil, err
	}
	return minio.New(endpoint.Host, &minio.Options{
		Secure: endpoint.Scheme == "https", Region: b.Region, BucketLookup: minio.BucketLookupPath, MaxRetries: 1,
		Creds: credentials.NewStaticV4(b.AccessKey, b.SecretKey, ""),
	})
}

// manifestFileOf is the manifest of a parcel as a file beside the others.
func manifestFileOf(p parcel) state.ReportFile {
	return state.ReportFile{Name: manifestName, Format: "json", MediaType: "application/json", Size: int64(len(p.manifest)), SHA256: sumOf(p.manifest)}
}
