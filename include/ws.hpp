/* libws in C++: the browser's WebSocket object, header only, over ws.h.
 *
 * SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * C++17 or later, with or without exceptions and RTTI; C++20 adds coroutines and std::span. Link with libws as a C program does.
 *
 *     ws::socket socket = ws::connect("ws://localhost:9001/chat").value();       // new WebSocket(url)
 *     while (auto event = socket.next_event()) {
 *         if (event->type() == ws::event_type::open) socket.send("hello");       // onopen
 *         if (event->type() == ws::event_type::message) socket.close(1000);      // onmessage
 *     }
 *
 * WHAT THERE IS. ws::connect makes a ws::socket (move-only, its destructor is ws_free) by ws::options, perhaps on a ws::loop. Events
 * are taken one by one (socket::next_event), many at a time (loop::wait), by lambdas (options::on_message ...) or by a coroutine
 * (`co_await socket.next()`). Each function is named as that of ws.h and does the same: its comment there is the reference, the one here
 * says what C++ adds. What is not here is reached by get(), the handle of the C interface.
 *
 * ERRORS. Nothing here throws but value() (and what allocates, std::bad_alloc). A call returns a ws::result: true if all went well;
 * status() and error(), a std::error_code of ws::category(), say why not; value() throws it as std::system_error, where exceptions are
 * on. Remarks (status::done, status::discarded) are false too, but value() of a result<void> does not throw them.
 *
 * LIFETIME. Text and bytes of an event are the library's: see ws::event. Lambdas live until the close event or their socket's end: see
 * ws::options. An object that was moved from is empty: its functions return status::null_pointer.
 *
 * THREADS. As in ws.h: every function from every thread, one at a time takes a socket's events; but moving, assigning and destroying an
 * object while another thread uses it is a race, as with any object of C++.
 */
#ifndef WS_HPP
#define WS_HPP

#if !(__cplusplus >= 201703L || (defined(_MSVC_LANG) && _MSVC_LANG >= 201703L))
#error "ws.hpp needs C++17 or later: compile with -std=c++17, or use ws.h, which C++11 can"
#endif

#include <ws/coroutine.hpp>
#include <ws/library.hpp>
#include <ws/loop.hpp>
#include <ws/options.hpp>
#include <ws/socket.hpp>

#endif
