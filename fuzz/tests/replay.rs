//! Every input that is kept, through its target, as an ordinary test: what was found once stays found.

mod kept;

use kept::replay;

#[test]
fn every_response_head_is_judged_rightly() {
    replay("response_head", libws_fuzz::response_head::run);
}

#[test]
fn every_url_makes_an_error_or_a_good_request() {
    replay("url_and_subprotocols", libws_fuzz::url_and_subprotocols::run);
}

#[test]
fn every_stream_of_frames_gives_what_it_should() {
    replay("frames", libws_fuzz::frames::run);
}

#[test]
fn every_answer_to_an_offer_of_deflate_is_judged_rightly() {
    replay("negotiation", libws_fuzz::negotiation::run);
}

#[test]
fn every_compressed_message_is_inflated_rightly() {
    replay("inflate", libws_fuzz::inflate::run);
}

#[test]
fn every_answer_of_a_proxy_is_judged_rightly() {
    replay("proxy", libws_fuzz::proxy::run);
}

#[test]
fn everything_over_tls_is_what_the_other_side_wrote() {
    replay("tls", libws_fuzz::tls::run);
}
