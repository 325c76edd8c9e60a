// The peer of the operator's cache: controller-runtime's, of the same objects, in the form that is asked for. It lists and watches UserProjections, waits until they
// are all there, and prints what that took as one JSON object.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"syscall"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	kruntime "k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

var version = schema.GroupVersion{Group: "tenantsync.dev", Version: "v1alpha1"}

func main() {
	kubeconfig := flag.String("kubeconfig", "", "how to reach the API server")
	form := flag.String("form", "typed", "typed or metadata")
	indexed := flag.Bool("indexed", false, "with an index by person and one by account, as a controller would have")
	flag.Parse()
	if err := run(*kubeconfig, *form, *indexed); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(kubeconfig, form string, indexed bool) error {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return err
	}
	config.QPS = -1
	scheme := kruntime.NewScheme()
	scheme.AddKnownTypes(version, &UserProjection{}, &UserProjectionList{})
	metav1.AddToGroupVersion(scheme, version)
	before := measured()
	began := time.Now()
	objects, err := cache.New(config, cache.Options{Scheme: scheme, DefaultTransform: cache.TransformStripManagedFields()})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	list, object, err := formOf(form)
	if err != nil {
		return err
	}
	if indexed {
		if err := addIndexes(ctx, objects, object); err != nil {
			return err
		}
	}
	if _, err := objects.GetInformer(ctx, object); err != nil {
		return err
	}
	failed := make(chan error, 1)
	go func() { failed <- objects.Start(ctx) }()
	if !objects.WaitForCacheSync(ctx) {
		return fmt.Errorf("the cache did not fill: %w", <-failed)
	}
	ready := time.Since(began)
	after := measured()
	runtime.GC()
	debug.FreeOSMemory()
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	if err := objects.List(ctx, list, client.UnsafeDisableDeepCopy); err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(map[string]any{
		"form":      form,
		"indexed":   indexed,
		"records":   lengthOf(list),
		"readyMs":   ready.Milliseconds(),
		"cpuMs":     (after - before).Milliseconds(),
		"heapBytes": memory.HeapAlloc,
		"peakRssMb": status("VmHWM") / 1024,
		"rssMb":     status("VmRSS") / 1024,
	})
}

func formOf(form string) (client.ObjectList, client.Object, error) {
	switch form {
	case "typed":
		return &UserProjectionList{}, &UserProjection{}, nil
	case "metadata":
		list, object := &metav1.PartialObjectMetadataList{}, &metav1.PartialObjectMetadata{}
		list.SetGroupVersionKind(version.WithKind("UserProjectionList"))
		object.SetGroupVersionKind(version.WithKind("UserProjection"))
		return list, object, nil
	default:
		return nil, nil, fmt.Errorf("there is no form %q; name typed or metadata", form)
	}
}

func addIndexes(ctx context.Context, objects cache.Cache, object client.Object) error {
	fields := map[string]func(*UserProjection) string{
		"person":  func(record *UserProjection) string { return record.Spec.Source.ObjectID },
		"account": func(record *UserProjection) string { return record.Status.TargetUser.ObjectID },
	}
	for name, of := range fields {
		err := objects.IndexField(ctx, object, name, func(object client.Object) []string {
			record, ok := object.(*UserProjection)
			if !ok {
				return []string{object.GetName()}
			}
			return []string{of(record)}
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func lengthOf(list client.ObjectList) int {
	switch list := list.(type) {
	case *UserProjectionList:
		return len(list.Items)
	case *metav1.PartialObjectMetadataList:
		return len(list.Items)
	default:
		return -1
	}
}

// measured is the processor time of the process so far.
func measured() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// status is a figure of the kernel about this process, in kB.
func status(name string) int {
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for _, line := range strings.Split(string(text), "\n") {
		var kilobytes int
		if rest, found := strings.CutPrefix(line, name+":"); found {
			if _, err := fmt.Sscanf(rest, "%d", &kilobytes); err == nil {
				return kilobytes
			}
		}
	}
	return 0
}
