// go run echo.go ws://127.0.0.1:40123/          (not installed: CGO_CFLAGS=-I... CGO_LDFLAGS="-L$WS_LIB -Wl,-rpath,$WS_LIB" before it)

// A WebSocket client in Go, with cgo, which reads ws.h itself. A goroutine that waits in Next holds a thread of the system meanwhile;
// the others go on.
package main

/*
#cgo LDFLAGS: -lws
#include <stdlib.h>
#include <ws.h>
*/
import "C"

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"unsafe"
)

// Error is a negative status and what ws_last_error said.
type Error struct {
	Status     int
	Name, Text string
}

func (e *Error) Error() string { return fmt.Sprintf("%s (%d): %s", e.Name, e.Status, e.Text) }

// check makes a call and an error of a negative status. ws_last_error is the thread's, and a goroutine stays on its thread only if told.
func check(call func() C.ws_status) (C.ws_status, error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	status := call()
	if status >= 0 {
		return status, nil
	}
	return status, &Error{int(status), C.GoString(C.ws_status_name(status)), C.GoString(C.ws_last_error())}
}

// WebSocket is a ws_socket.
type WebSocket struct{ ws *C.ws_socket }

// Event is a ws_event whose data is the program's own.
type Event struct {
	Type     int
	Data     []byte
	Code     int
	WasClean bool
}

// Connect returns a socket that is CONNECTING.
func Connect(url string) (*WebSocket, error) {
	text := C.CString(url)
	defer C.free(unsafe.Pointer(text))
	socket := &WebSocket{}
	_, err := check(func() C.ws_status { return C.ws_connect(text, nil, &socket.ws) })
	return socket, err
}

// Send sends a text message.
func (s *WebSocket) Send(text string) error {
	data := []byte(text + "\x00") // never empty, so that there is a first byte to point to
	_, err := check(func() C.ws_status { return C.ws_send(s.ws, C.WS_TEXT, unsafe.Pointer(&data[0]), C.size_t(len(text))) })
	return err
}

// Close closes the connection with a code and a reason.
func (s *WebSocket) Close(code int, reason string) error {
	text := C.CString(reason)
	defer C.free(unsafe.Pointer(text))
	_, err := check(func() C.ws_status { return C.ws_close(s.ws, C.int32_t(code), text, C.size_t(len(reason))) })
	return err
}

// Next waits for an event; nil after the close event.
func (s *WebSocket) Next() (*Event, error) {
	var event C.ws_event
	status, err := check(func() C.ws_status { return C.ws_next_event(s.ws, &event, C.WS_FOREVER) })
	if err != nil || status == C.WS_DONE {
		return nil, err
	}
	return &Event{int(event._type), C.GoBytes(event.data, C.int(event.len)), int(event.code), event.was_clean == 1}, nil
}

// Failure is the HTTP status of a refused connection, and why in words.
func (s *WebSocket) Failure() (int, string, error) {
	failure := C.ws_failure{size: C.sizeof_ws_failure}
	_, err := check(func() C.ws_status { return C.ws_get_failure(s.ws, &failure) })
	return int(failure.http_status), C.GoStringN(failure.text, C.int(failure.text_len)), err
}

// Free ends the handle.
func (s *WebSocket) Free() { C.ws_free(s.ws) }

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func talk(url string) {
	socket, err := Connect(url)
	must(err)
	defer socket.Free()
	for {
		event, err := socket.Next()
		must(err)
		if event == nil {
			return
		}
		switch event.Type {
		case C.WS_EVENT_OPEN:
			fmt.Println("open")
			must(socket.Send("Grüße, 世界 👋\x00!"))
		case C.WS_EVENT_MESSAGE:
			fmt.Println("message:", strings.ReplaceAll(string(event.Data), "\x00", "<NUL>"))
			fmt.Println("close(1001):", socket.Close(1001, ""))
			must(socket.Close(1000, "bis später"))
		case C.WS_EVENT_ERROR:
			status, text, err := socket.Failure()
			must(err)
			fmt.Printf("error: HTTP %d: %s\n", status, text)
		case C.WS_EVENT_CLOSE:
			clean := map[bool]int{true: 1}[event.WasClean]
			fmt.Printf("closed: %d \"%s\" clean=%d\n", event.Code, event.Data, clean)
		}
	}
}

func main() {
	url := "ws://127.0.0.1:9001/"
	if len(os.Args) > 1 {
		url = os.Args[1]
	}
	talk(url)
	talk(url + "status/404")
}
