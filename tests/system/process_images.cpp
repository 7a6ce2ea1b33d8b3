// The shipped decoder and encoder of pictures in their sandbox, started as sessiond starts them.

#include "images/decode.hpp"
#include "lib/os/whole.hpp"
#include "lib/transport/image_job.hpp"
#include "lib/transport/struct_link.hpp"
#include "services/sessiond/image_job.hpp"
#include "tests/support/picture_files.hpp"

#include <poll.h>
#include <sys/mman.h>

#include <gtest/gtest.h>

namespace vitrail::test {
namespace {

using namespace transport;
using session::ImageJob;

constexpr std::uint32_t limit = 100'000;

class ProcessImages : public testing::Test {
protected:
    void start(std::uint32_t bytes = limit)
    {
        auto started = ImageJob::start(loop_.get(),
                                       {.decoder = VITRAIL_IMAGE_DECODER,
                                        .encoder = VITRAIL_IMAGE_ENCODER,
                                        .log = testing::TempDir() + "vitrail-images.log"},
                                       bytes, ends_);
        ASSERT_TRUE(started) << started.error().message();
        job_ = std::move(*started);
    }
    /// A guid writes the picture, the broker says so: what the encoder says.
    std::optional<ImageResult> convert(Bytes const& picture)
    {
        start();
        EXPECT_TRUE(write_all(ends_[0].get(), picture));
        EXPECT_TRUE(
            send_struct(ends_[1].get(), ImageStart{static_cast<std::uint32_t>(picture.size())}));
        return result();
    }
    /// Nothing: it ended without a word.
    std::optional<ImageResult> result()
    {
        pollfd wait{ends_[2].get(), POLLIN, 0};
        EXPECT_EQ(poll(&wait, 1, 20'000), 1);
        ImageResult said;
        if (receive_struct(ends_[2].get(), said) != StructReceive::message)
            return std::nullopt;
        return said;
    }
    Bytes encoded(std::uint32_t bytes)
    {
        Bytes all(bytes);
        EXPECT_TRUE(read_exactly(ends_[3].get(), all));
        return all;
    }

    EventLoop loop_;
    ImageJob::Ends ends_;
    std::unique_ptr<ImageJob> job_;
};

TEST_F(ProcessImages, a_picture_comes_out_with_the_same_pixels_and_other_bytes)
{
    for (char const* const file :
         {"png-rgb", "png-16-bit", "png-metadata", "png-interlaced", "webp-lossless"}) {
        auto const original = picture_file(file);
        auto const said = convert(original);
        ASSERT_TRUE(said) << file;
        ASSERT_EQ(said->status, ImageStatus::done) << file;
        EXPECT_EQ(said->width, width);
        EXPECT_EQ(said->height, height);
        auto const made = encoded(said->bytes);
        EXPECT_NE(made, original);
        auto const picture = images::decode(made);
        ASSERT_TRUE(picture) << file;
        EXPECT_EQ(picture->pixels, shown_pixels()) << file;
    }
}

TEST_F(ProcessImages, of_a_jpeg_comes_a_png)
{
    auto const said = convert(picture_file("jpeg-progressive"));
    ASSERT_TRUE(said);
    ASSERT_EQ(said->status, ImageStatus::done);
    EXPECT_EQ(std::to_integer<char>(encoded(said->bytes)[1]), 'P');
}

TEST_F(ProcessImages, what_is_no_whole_picture_comes_out_as_nothing)
{
    for (char const* const file :
         {"png-bomb", "png-lying-size", "png-long-chunk", "png-bad-crc", "webp-animated"}) {
        auto const said = convert(picture_file(file));
        ASSERT_TRUE(said) << file;
        EXPECT_EQ(said->status, ImageStatus::broken) << file;
    }
}

TEST_F(ProcessImages, what_is_changed_while_it_is_read_is_no_other_than_what_was_broken_at_once)
{
    auto const picture = picture_file("png-rgb");
    start();
    ASSERT_TRUE(write_all(ends_[0].get(), picture));
    ASSERT_TRUE(
        send_struct(ends_[1].get(), ImageStart{static_cast<std::uint32_t>(picture.size())}));
    for (int i = 0; i < 100; ++i) { // the qube goes on writing
        ASSERT_EQ(lseek(ends_[0].get(), i % 80, SEEK_SET), i % 80);
        ASSERT_TRUE(write_all(ends_[0].get(), Bytes(1)));
    }
    auto const said = result();
    ASSERT_TRUE(said);
    if (said->status == ImageStatus::done) {
        EXPECT_EQ(said->width * said->height, width * height);
    }
}

TEST_F(ProcessImages, more_bytes_than_there_are_is_nothing)
{
    start();
    ASSERT_TRUE(send_struct(ends_[1].get(), ImageStart{limit + 1}));
    auto const said = result();
    ASSERT_TRUE(said);
    EXPECT_EQ(said->status, ImageStatus::broken);
}

TEST_F(ProcessImages, what_the_broker_drops_ends_by_itself)
{
    start();
    ends_[1].reset();
    auto const said = result();
    ASSERT_TRUE(said);
    EXPECT_EQ(said->status, ImageStatus::broken);
}

TEST_F(ProcessImages, no_file_can_be_made_larger_or_used_the_other_way)
{
    start(1000);
    EXPECT_FALSE(write_all(ends_[0].get(), Bytes(1001)));
    std::byte one{};
    EXPECT_FALSE(read_exactly(ends_[0].get(), std::span(&one, 1)));
    EXPECT_FALSE(write_all(ends_[3].get(), Bytes(1)));
    EXPECT_EQ(mmap(nullptr, 4096, PROT_READ, MAP_SHARED, ends_[0].get(), 0), MAP_FAILED);
    EXPECT_EQ(lseek(ends_[3].get(), 0, SEEK_END), 4000);
}

TEST_F(ProcessImages, a_picture_that_is_too_large_once_encoded_is_said)
{
    auto const noise = picture_file("jpeg-noise"); // without loss it takes many times its bytes
    start(static_cast<std::uint32_t>(noise.size()));
    ASSERT_TRUE(write_all(ends_[0].get(), noise));
    ASSERT_TRUE(send_struct(ends_[1].get(), ImageStart{static_cast<std::uint32_t>(noise.size())}));
    auto const said = result();
    ASSERT_TRUE(said);
    EXPECT_EQ(said->status, ImageStatus::too_large);
}

} // namespace
} // namespace vitrail::test
