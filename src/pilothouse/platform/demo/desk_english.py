"""What customers of Fjordline ask in English, what the agent does about it and answers."""

from __future__ import annotations

from pilothouse.platform.demo.desk_script import Call, Scenario, Turn, get_order, policies

IN_ENGLISH: tuple[Scenario, ...] = (
    Scenario(
        weight=7,
        tags=("damage", "web"),
        turns=(
            Turn(
                user="My order $order arrived with a cracked $part. I bought it five weeks ago, "
                "can I still get a replacement? I don't need the whole set again, only the $part.",
                thought="The $part broke in transit, so the damage policy applies and not the "
                "30-day return window. I need the delivery date and the part number first.",
                rounds=(
                    (
                        get_order(delivered_at="$delivered"),
                        policies(
                            "replacement window damaged on arrival",
                            ("damaged-in-transit", 0.93),
                            ("spare-parts", 0.87),
                            ("opened-items", 0.41),
                        ),
                    ),
                    (
                        Call(
                            name="create_replacement",
                            arguments={
                                "order_id": "$order",
                                "sku": "$part_sku",
                                "reason": "damaged_in_transit",
                            },
                            result={
                                "replacement_id": "$ticket",
                                "ships_on": "$ships",
                                "eta": "$eta",
                            },
                            slow=True,
                        ),
                    ),
                ),
                answer="Yes. Damage in transit is covered for 60 days from delivery [1], so your "
                "order from $delivered still qualifies. I have ordered a new $part, free of charge "
                "[2]: replacement **$ticket** leaves our warehouse on $ships and should reach you "
                "by $eta. You don't need to send the cracked one back.",
            ),
            Turn(
                user="Quick, thank you. Will it come with the same carrier?",
                rounds=((get_order("replacement_booked", delivered_at="$delivered"),),),
                answer="Yes, with $carrier again. You will get the tracking link by e-mail as soon "
                "as $ticket leaves Bergen.",
            ),
        ),
    ),
    Scenario(
        weight=8,
        tags=("delivery", "web"),
        turns=(
            Turn(
                user="Where is my parcel? Tracking for order $order has not moved in four days.",
                rounds=(
                    (get_order("shipped", shipped_at="$delivered"),),
                    (
                        Call(
                            name="track_parcel",
                            arguments={"order_id": "$order", "carrier": "$carrier"},
                            result={
                                "last_scan": "$city hub",
                                "scanned_at": "$delivered",
                                "status": "delayed",
                                "new_eta": "$eta",
                            },
                            slow=True,
                        ),
                    ),
                ),
                answer="Your parcel was last scanned at the $city hub on $delivered and $carrier "
                "marks it as delayed, with a new estimate of $eta. I have asked them to move it to "
                "the next van. If it is not with you by then, write here and I will send a second "
                "one.",
            ),
            Turn(
                user="I leave for a trip on that very day. Can it go to a pick-up point instead?",
                rounds=(
                    (
                        policies(
                            "redirect a parcel already with the carrier",
                            ("address-change", 0.9),
                            ("shipping-zones", 0.44),
                        ),
                    ),
                ),
                answer="The parcel is already with $carrier, so we can't change the address "
                "ourselves [1], but you can: open the tracking page and choose “redirect to a "
                "pick-up point”. They keep it there for seven days.",
            ),
            Turn(
                user="Done, it offered the shop on the corner. Thanks!",
                answer="Good to hear. Have a good trip.",
            ),
        ),
    ),
    Scenario(
        weight=6,
        tags=("returns", "web"),
        turns=(
            Turn(
                user="The $product from order $order is too small for me. How do I send it back?",
                rounds=(
                    (
                        get_order(delivered_at="$delivered"),
                        policies(
                            "return unused item label cost",
                            ("return-window", 0.95),
                            ("opened-items", 0.63),
                            ("refund-times", 0.52),
                        ),
                    ),
                    (
                        Call(
                            name="create_return",
                            arguments={
                                "order_id": "$order",
                                "sku": "$sku",
                                "reason": "does_not_fit",
                            },
                            result={"return_id": "$ticket", "label": "sent by e-mail"},
                            slow=True,
                        ),
                    ),
                ),
                answer="You have 30 days from delivery [1], so there is time until well after "
                "$eta. I have opened return **$ticket** and sent the label to your e-mail address. "
                "Please leave the tags on; the refund follows within two working days after it is "
                "back.",
            ),
            Turn(
                user="Do you have it one size larger in stock?",
                rounds=(
                    (
                        Call(
                            name="check_stock",
                            arguments={"sku": "$sku-L"},
                            result={"sku": "$sku-L", "available": 7, "warehouse": "Bergen"},
                        ),
                    ),
                ),
                answer="Yes, seven pieces of the larger one are in Bergen. Ordered before 14:00 it "
                "leaves today.",
            ),
        ),
    ),
    Scenario(
        weight=5,
        name="refund_flow",
        tags=("billing", "refund", "web"),
        turns=(
            Turn(
                user="I was charged twice for order $order, $price euros each time. Please fix "
                "this.",
                rounds=(
                    (
                        get_order("processing"),
                        policies(
                            "charged twice same amount",
                            ("double-charge", 0.97),
                            ("refund-times", 0.58),
                        ),
                    ),
                    (
                        Call(
                            name="list_payments",
                            arguments={"order_id": "$order"},
                            result=[
                                {"id": "pay_1$order", "eur": "$price", "state": "settled"},
                                {"id": "pay_2$order", "eur": "$price", "state": "settled"},
                            ],
                        ),
                    ),
                    (
                        Call(
                            name="create_refund",
                            arguments={"payment_id": "pay_2$order", "reason": "duplicate"},
                            result={"refund_id": "$ticket", "eur": "$price", "state": "sent"},
                            slow=True,
                        ),
                    ),
                ),
                answer="I see two settled charges of $price euros for one order. The later one was "
                "a mistake on our side and I have refunded it today as **$ticket** [1]. Your bank "
                "shows it within three to five days. I am sorry for the trouble.",
            ),
        ),
    ),
    Scenario(
        weight=4,
        name="refund_flow",
        tags=("billing", "refund", "app"),
        turns=(
            Turn(
                user="Cancel order $order and send me my money back, I ordered the wrong colour.",
                rounds=(
                    (get_order("processing"),),
                    (
                        Call(
                            name="cancel_order",
                            arguments={"order_id": "$order"},
                            result={"order_id": "$order", "status": "cancelled"},
                            slow=True,
                        ),
                        Call(
                            name="create_refund",
                            arguments={"payment_id": "pay_1$order", "reason": "cancelled"},
                            result={"refund_id": "$ticket", "eur": "$price", "state": "sent"},
                            slow=True,
                        ),
                    ),
                ),
                answer="Order $order is cancelled; it had not left the warehouse. The refund of "
                "$price euros has the number **$ticket** and takes three to five days to show on "
                "your card.",
            ),
            Turn(
                user="And if I now order the green one, do I get the same price?",
                rounds=(
                    (
                        Call(
                            name="search_products",
                            arguments={"query": "$product green"},
                            result=[
                                {"sku": "$sku-GRN", "name": "$product, green", "eur": "$price"}
                            ],
                        ),
                    ),
                ),
                answer="Yes, the green one costs $price euros too.",
            ),
        ),
    ),
    Scenario(
        weight=5,
        tags=("advice", "app"),
        turns=(
            Turn(
                user="I'm looking for a sleeping bag for minus ten, under 1.3 kg, not down. What "
                "do you have?",
                rounds=(
                    (
                        Call(
                            name="search_products",
                            arguments={"query": "synthetic sleeping bag -10", "max_weight_g": 1300},
                            result=[
                                {
                                    "sku": "BAG-M10-RED",
                                    "name": "Rim -10 sleeping bag",
                                    "weight_g": 1240,
                                    "fill": "synthetic",
                                    "eur": 259.0,
                                },
                                {
                                    "sku": "BAG-M07-BLU",
                                    "name": "Rim -7 sleeping bag",
                                    "weight_g": 1080,
                                    "fill": "synthetic",
                                    "eur": 219.0,
                                },
                            ],
                        ),
                    ),
                ),
                answer="One fits all three: the **Rim -10**, synthetic, 1,240 g, 259 euros. The "
                "Rim -7 is 160 g lighter but its comfort limit is -2 °C, so not for the nights you "
                "describe.",
            ),
            Turn(
                user="Is the Rim -10 in stock in the long version? I'm 1.94.",
                rounds=(
                    (
                        Call(
                            name="check_stock",
                            arguments={"sku": "BAG-M10-RED-LONG"},
                            result={"sku": "BAG-M10-RED-LONG", "available": 3},
                        ),
                    ),
                ),
                answer="Yes, three of the long version, which is made for people up to 2.00 m. It "
                "weighs 1,310 g, ten grams over your limit.",
            ),
            Turn(
                user="Ten grams are fine. Does it go in the washing machine?",
                answer="Yes: 30 degrees, gentle cycle, no softener, then a dryer on low with two "
                "tennis balls until it is fully dry.",
            ),
        ),
    ),
    Scenario(
        weight=4,
        tags=("warranty", "web"),
        turns=(
            Turn(
                user="A pole of my Lyng 2 snapped after two summers. Is that covered, or do I have "
                "to buy a new tent?",
                rounds=(
                    (
                        policies(
                            "tent pole broken warranty two years",
                            ("warranty", 0.94),
                            ("spare-parts", 0.82),
                            ("damaged-in-transit", 0.37),
                        ),
                    ),
                ),
                answer="Poles are covered for five years of private use [1], so you don't need a "
                "new tent. Tell me the order number, or the name on the receipt, and I will send "
                "the pole as a single part [2].",
            ),
            Turn(
                user="It was order $order.",
                rounds=(
                    (get_order(delivered_at="$delivered"),),
                    (
                        Call(
                            name="create_replacement",
                            arguments={
                                "order_id": "$order",
                                "sku": "POLE-L2-M",
                                "reason": "warranty",
                            },
                            result={
                                "replacement_id": "$ticket",
                                "ships_on": "$ships",
                                "eta": "$eta",
                            },
                            slow=True,
                        ),
                    ),
                ),
                answer="Found it. The middle pole is on its way as **$ticket**, leaves on $ships "
                "and arrives by $eta, free of charge.",
            ),
        ),
    ),
    Scenario(
        weight=3,
        tags=("delivery", "app"),
        turns=(
            Turn(
                user="I moved last week. Please change the delivery address of order $order to "
                "Storgata 14, $city.",
                rounds=(
                    (get_order("packed"),),
                    (
                        Call(
                            name="change_address",
                            arguments={"order_id": "$order", "street": "Storgata 14"},
                            result={"order_id": "$order", "changed": True},
                            slow=True,
                        ),
                    ),
                ),
                answer="Done. Order $order will now go to Storgata 14 in $city; it leaves on "
                "$ships.",
            ),
        ),
    ),
    Scenario(
        weight=3,
        tags=("billing", "web"),
        turns=(
            Turn(
                user="I need an invoice with our VAT number for order $order, we are a school.",
                rounds=(
                    (get_order(delivered_at="$delivered"),),
                    (
                        Call(
                            name="send_invoice",
                            arguments={"order_id": "$order", "kind": "corrected"},
                            result={"invoice": "2026-$order", "sent_to": "the address on file"},
                        ),
                    ),
                ),
                answer="I have sent a corrected invoice, number 2026-$order, to the address on "
                "file. Please reply to that e-mail with the VAT number and it will be added the "
                "same day.",
            ),
        ),
    ),
    Scenario(
        weight=2,
        tags=("delivery", "web"),
        turns=(
            Turn(
                user="Do you ship to the Faroe Islands? And gas cartridges too?",
                rounds=(
                    (
                        policies(
                            "shipping Faroe Islands gas cartridge",
                            ("shipping-zones", 0.96),
                            ("return-window", 0.31),
                        ),
                    ),
                ),
                answer="We ship to all Nordic countries, the Faroe Islands included [1]. Gas "
                "cartridges only travel by road, so those we can't send there.",
            ),
        ),
    ),
    Scenario(
        weight=2,
        tags=("complaint", "escalated", "web"),
        turns=(
            Turn(
                user="This is the third time I write. The stove from $order flared up and burnt my "
                "hand. What are you going to do?",
                thought="An injury. The rule is plain: this goes to a person at once, and I must "
                "not argue about the cause.",
                rounds=(
                    (
                        get_order(delivered_at="$delivered"),
                        Call(
                            name="hand_over",
                            arguments={"order_id": "$order", "reason": "injury", "priority": 1},
                            result={"ticket": "$ticket", "queue": "safety", "answer_within_h": 2},
                        ),
                    ),
                ),
                answer="I am sorry that you were hurt. I have handed this to our safety team as "
                "**$ticket**; a person will call you within two hours. Please don't use the stove "
                "again and keep it as it is.",
            ),
        ),
    ),
)
