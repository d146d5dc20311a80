"""What the support agent of Fjordline knows: its orders, policies, products and tools."""

from __future__ import annotations

SYSTEM = (
    "You are the support agent of Fjordline, a shop for tents, packs, stoves and cookware.\n"
    "Answer in the language of the customer, in at most five sentences, without flourish.\n"
    "Look an order up before you say anything about it. Never guess dates, prices or stock.\n"
    "Quote the policy you rely on by its number in square brackets, as search_policies gives it.\n"
    "A refund above 150 euros, a legal threat or an injury goes to a person: call hand_over and "
    "say so.\n"
    "Do not ask for a card number, a password or a photo of a document, ever.\n"
    "What you know without a tool: orders before 14:00 leave the warehouse in Bergen the same "
    "working day; parcels within Norway, Sweden and Denmark take one to three working days, the "
    "rest of Europe three to six, all others five to twelve. Customers have 30 days to return "
    "what they do not like and 60 days to report what arrived damaged. Spare parts are free when "
    "the part broke in transit or within the first two years. Workshop repairs take ten working "
    "days. The shop is closed on Sundays and on public holidays in Norway."
)

POLICIES: dict[str, tuple[str, str]] = {
    "damaged-in-transit": (
        "Damaged in transit",
        (
            "Items that arrive damaged are replaced within 60 days of delivery. A photo is welcome "
            "but not required. The customer keeps or recycles the damaged part; it is not sent "
            "back."
        ),
    ),
    "spare-parts": (
        "Spare parts and lids",
        (
            "Lids, handles, seals, poles and buckles are sent as single parts, free of charge when "
            "the part arrived broken or failed within two years of purchase."
        ),
    ),
    "opened-items": (
        "Returns of opened items",
        (
            "Opened items may be returned within 30 days if they are complete and in the original "
            "packaging. Stoves that have been lit and sleeping bags that have been used are "
            "excluded."
        ),
    ),
    "return-window": (
        "Return window",
        (
            "Unused items can be returned for any reason within 30 days of delivery. The return "
            "label is free within the Nordic countries and costs 6 euros elsewhere."
        ),
    ),
    "refund-times": (
        "How long a refund takes",
        (
            "We refund within two working days after the parcel is back. Banks need another three "
            "to five days for cards and up to ten for instalment plans."
        ),
    ),
    "warranty": (
        "Warranty on tents and packs",
        (
            "Seams, zips and poles are covered for five years of private use. Tears from storms "
            "above the rated wind speed are repaired at cost."
        ),
    ),
    "shipping-zones": (
        "Where we ship",
        (
            "We ship to all Nordic countries including the Faroe Islands, to the European Union, "
            "Switzerland, the United Kingdom and Japan. Gas cartridges only travel by road."
        ),
    ),
    "address-change": (
        "Changing the delivery address",
        (
            "An address can be changed until the parcel is handed to the carrier. After that the "
            "customer can redirect it with the carrier's own link."
        ),
    ),
    "double-charge": (
        "Two charges for one order",
        (
            "A second charge of the same amount is usually a reservation that lapses within three "
            "days. If both are settled, the later one is refunded on the same day."
        ),
    ),
}

PRODUCTS: tuple[tuple[str, str, float, str, str], ...] = (
    ("POT-3L-BLU", "Skerry pot 3 l, blue", 64.0, "LID-3L-BLU", "lid"),
    ("TNT-2P-GRN", "Lyng 2 tent", 389.0, "POLE-L2-M", "middle pole"),
    ("PCK-45-GRY", "Vidda 45 pack", 179.0, "BKL-HIP-25", "hip buckle"),
    ("STV-TI-01", "Gnist titanium stove", 89.0, "VLV-GNI", "valve"),
    ("BAG-M10-RED", "Rim -10 sleeping bag", 259.0, "ZIP-RIM-L", "zip pull"),
    ("BTL-1L-BLK", "Elv bottle 1 l", 29.0, "CAP-ELV", "cap"),
    ("LMP-300-WHT", "Nordlys 300 headlamp", 49.0, "STRAP-NL", "strap"),
    ("MAT-R5-ORG", "Tuva insulated mat", 149.0, "VALVE-TV", "valve"),
)

TOOLS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("get_order", "Looks up one order with its items and dates.", ("order_id",)),
    ("search_policies", "Finds the shop's rules on a question.", ("query",)),
    ("search_products", "Finds products by words and limits.", ("query", "max_weight_g")),
    ("check_stock", "Says how many of a product are left.", ("sku",)),
    ("track_parcel", "Asks the carrier where a parcel is.", ("order_id", "carrier")),
    ("create_replacement", "Sends a part or product again.", ("order_id", "sku", "reason")),
    ("create_return", "Opens a return and sends a label.", ("order_id", "sku", "reason")),
    ("create_refund", "Pays one payment back.", ("payment_id", "reason")),
    ("hand_over", "Gives the conversation to a person.", ("order_id", "reason", "priority")),
)
