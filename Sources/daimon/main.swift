print("daimon")
