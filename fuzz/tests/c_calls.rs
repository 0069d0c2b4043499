//! Every sequence of C calls that is kept; alone in its process, because `ws_shutdown` ends every socket, and memory is counted.

mod kept;

#[test]
fn every_sequence_of_c_calls_ends_well_and_leaves_nothing_behind() {
    // Twice, so that what one leaves behind is seen.
    kept::replay("c_calls", libws_fuzz::c_calls::run);
    kept::replay("c_calls", libws_fuzz::c_calls::run);
}
