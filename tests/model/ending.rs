//! How a run ends: someone closes, every event is taken, nothing follows, and the server has received what it should have.

use super::{c, happenings::Server, operations, run::Run, support::server::GUARD};
use std::time::{Duration, Instant};
use ws::ffi::status::{WS_DONE, WS_OK};

impl Run {
    /// Brings the run to its end and checks what must hold then.
    pub fn settle(&self, server: &mut Server) {
        self.resume();
        self.end_it(server);
        let end = Instant::now() + GUARD;
        while !self.is_failed() && !self.is_finished() {
            if Instant::now() > end {
                self.lock().fail("the close event does not come");
            }
            self.take();
        }
        // Nothing follows.
        for _ in 0..3 {
            let mut running = self.lock();
            if !running.model.freed && !running.is_failed() {
                operations::operate(&mut running, false);
            }
            drop(running);
            if !self.is_failed() {
                self.take();
            }
        }
        self.free();
        self.end_connection(server);
    }

    fn is_finished(&self) -> bool {
        let running = self.lock();
        running.model.freed || running.model.is_done()
    }

    fn resume(&self) {
        let mut running = self.lock();
        running.settling = true;
        running.network.stop_reading(false);
        if let Some(ws) = running.ws.filter(|_| !running.model.freed) {
            let verdict = if ws.pause(false) == WS_OK { Ok(()) } else { Err("it fails".into()) };
            running.model.resumes();
            running.note("resume", verdict);
        }
    }

    /// A response that was sent at once may have been read before we know of the request.
    fn wait_for_request(&self, server: &Server) {
        while server.connected && !self.lock().network.was_asked(false) && !self.is_finished() && !self.is_failed() {
            self.take();
        }
    }

    /// Someone ends the connection.
    fn end_it(&self, server: &mut Server) {
        let how = self.lock().random.below(10);
        if how < 3 {
            self.free();
        }
        if self.frees_loop() {
            return;
        }
        self.wait_for_request(server);
        let mut running = self.lock();
        let ws = running.ws.filter(|_| !running.model.freed);
        if let Some(ws) = ws.filter(|_| how < 6 || !server.connected || server.armed) {
            let before = Instant::now();
            let status = ws.close(3000, Some(b"enough"));
            let verdict = running.model.closes((3000, Some(b"enough")), status, before);
            running.note(&format!("close(3000, enough): {}", c::status_name(status)), verdict);
        }
        running.network.stop_reading(false);
        // It may be told before it was asked how to answer.
        let asked = running.network.was_asked(false);
        if !server.ended && !server.armed && server.connected {
            let silent = how < 6 && running.model.is_impatient() && running.random.percent(50);
            let lingers = running.random.percent(1);
            if how >= 6 && asked && !server.closed && !server.failed {
                let body = operations::body(&mut running.random);
                server.close(&mut running, body);
            }
            if server.failed && asked {
                server.fin(&mut running);
            } else if !(server.failed || silent || server.closed && lingers) {
                server.answer_close(&mut running);
            }
        }
    }

    /// Gives the socket up. Callbacks on the background loop may be waiting for us, so we must not be in their way.
    pub fn free(&self) {
        let mut running = self.lock();
        let Some(ws) = running.ws.filter(|_| !running.model.freed && !running.freeing) else { return };
        running.freeing = true;
        running.note("free…", Ok(()));
        drop(running);
        let before = ws.free();
        let mut running = self.lock();
        running.model.frees(before);
        running.note("free", Ok(()));
    }

    /// Some give their own loop up, with whatever is on it.
    fn frees_loop(&self) -> bool {
        let running = &mut *self.lock();
        if !running.random.percent(15) {
            return false;
        }
        let Some(own) = running.own_loop.take() else { return false };
        own.free();
        running.model.frees_loop();
        running.note("loop_free", Ok(()));
        true
    }

    /// Shuts the whole process down, against a server that closes as it should.
    pub fn shut_down(&self, server: &mut Server) {
        self.wait_for_request(server);
        let mut running = self.lock();
        running.network.stop_reading(false);
        let asked = running.network.was_asked(false);
        if server.connected && !server.ended {
            if server.failed && asked {
                server.fin(&mut running);
            } else if !server.failed && !server.armed {
                server.answer_close(&mut running);
            }
        }
        running.model.shuts_down(true);
        drop(running);
        let status = c::shutdown(i32::try_from(GUARD.as_millis()).expect("seconds"));
        let mut running = self.lock();
        let verdict = running.model.is_shut_down(status);
        running.note(&format!("shutdown: {}", c::status_name(status)), verdict);
    }

    /// Runs the loop until the connection is gone, and looks at what the server received.
    fn end_connection(&self, server: &mut Server) {
        let mut running = self.lock();
        if !running.network.was_asked(false) {
            running.network.call_off();
        }
        let end = Instant::now() + GUARD;
        let moment = Duration::from_millis(if running.way.is_own() { 0 } else { 5 });
        let watch = running.network.watch();
        drop(running);
        // Nothing is locked meanwhile: a callback that should not come must not wait for us.
        while !watch.wait_until_over(moment) && !self.is_failed() {
            let running = &mut *self.lock();
            // It may have connected after all.
            if running.network.was_asked(false) && !server.armed {
                running.network.fin();
            }
            if let Some(own) = running.own_loop {
                let (status, events) = own.wait(4, 1);
                if !events.is_empty() {
                    running.note("loop_wait", Err(format!("events of a freed socket: {}, {events:?}", c::status_name(status))));
                }
                if status == WS_DONE {
                    // What a failed connection has not sent goes with the loop.
                    own.free();
                    running.own_loop = None;
                }
            }
            if Instant::now() > end {
                running.fail("the connection does not end");
            }
        }
        let mut running = self.lock();
        let received = running.network.received();
        let verdict = running.model.check_received(&received);
        running.note("the end", verdict);
    }
}

impl Drop for Run {
    /// Callbacks look for the run, and loops have descriptors: after a panic, too.
    fn drop(&mut self) {
        self.free();
        if let Some(own) = self.lock().own_loop.take() {
            own.free();
        }
    }
}
